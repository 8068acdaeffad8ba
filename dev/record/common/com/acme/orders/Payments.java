package com.acme.orders;

import java.net.SocketTimeoutException;
import java.util.List;

/** What the listeners call, and what fails: each method in a way of its own. */
class Payments {
    /** A failure of our own around the one of a library. */
    void charge(String order) {
        try {
            connect("bank.example:443");
        } catch (SocketTimeoutException e) {
            throw new PaymentDeclinedException("card 4111-1111 of " + order + " refused", e);
        }
    }

    /** Thrown by the JDK on our behalf. */
    int amount(String order) {
        return Integer.parseInt(order.split(":")[1]);
    }

    /** A message of many lines and languages that looks like a stack trace itself. */
    void audit(String order) {
        throw new IllegalArgumentException("заказ " + order + " → 拒否 🚫:\n\tat the till\nCaused by: bad luck\nfield 'a;b'");
    }

    /** Thrown where closing fails too: the second failure is suppressed. */
    void ship(List<String> orders) {
        orders.forEach(order -> {
            try (AutoCloseable truck = () -> { throw new java.io.IOException("the door is stuck"); }) {
                throw new IllegalStateException("no room for " + order);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    /** Three failures deep, the outermost with the text of its cause. */
    void book(String order) {
        try {
            charge(order);
        } catch (PaymentDeclinedException e) {
            throw new RuntimeException(new IllegalStateException("booking rolled back", e));
        }
    }

    private void connect(String bank) throws SocketTimeoutException {
        throw new SocketTimeoutException("connect timed out: " + bank);
    }
}
