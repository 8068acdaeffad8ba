package com.acme.orders;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** One function per case. */
@Configuration
@EnableAutoConfiguration
class App {
    /** What the function of this name threw. */
    static final Map<String, RuntimeException> THROWN = new ConcurrentHashMap<>();

    private final Payments payments = new Payments();

    @Bean
    Consumer<String> nested() {
        return noting("nested", payments::charge);
    }

    @Bean
    Consumer<String> deep() {
        return noting("deep", payments::book);
    }

    @Bean
    Consumer<String> jdk() {
        return noting("jdk", payments::amount);
    }

    @Bean
    Consumer<String> oddMessage() {
        return noting("oddMessage", payments::audit);
    }

    @Bean
    Consumer<String> withoutMessage() {
        return noting("withoutMessage", order -> {
            throw new UnsupportedOperationException();
        });
    }

    @Bean
    Consumer<String> tries() {
        return noting("tries", payments::charge);
    }

    @Bean
    Consumer<String> again() {
        return noting("again", payments::amount);
    }

    private static Consumer<String> noting(String name, Consumer<String> function) {
        return order -> {
            try {
                function.accept(order);
            } catch (RuntimeException e) {
                THROWN.put(name, e);
                throw e;
            }
        };
    }
}
