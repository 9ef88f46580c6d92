package dev.handoff.boot;

/**
 * A response of type {@code text/event-stream} (server-sent events) to an
 * {@link EventSource}. {@link #end()} completes it; browsers then ask for the stream
 * again by themselves, with {@code Last-Event-ID}.
 */
public interface EventStream extends LongLivedExchange {

}
