package dev.handoff.internal.control;

import java.lang.ProcessBuilder.Redirect;

/**
 * A control channel whose other end becomes the standard input of a process that this one
 * starts. Safe for use by several threads, but for the channel.
 *
 * @param channel this process's end, used by the transport's thread
 * @param childEnd what to redirect the child's input from
 * @param closeChildEnd closes this process's copy of the child's end, which must happen
 * when the child has it, or was not started; twice has no effect
 */
public record ChildChannel(ControlChannel channel, Redirect childEnd, Runnable closeChildEnd) {

}
