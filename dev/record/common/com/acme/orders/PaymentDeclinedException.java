package com.acme.orders;

public class PaymentDeclinedException extends RuntimeException {
    public PaymentDeclinedException(String message, Throwable cause) {
        super(message, cause);
    }
}
