package com.acme.orders;

public record Order(int id, Double amount, String note) {}
