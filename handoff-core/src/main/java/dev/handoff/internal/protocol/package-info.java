/**
 * The messages of a handoff and their binary form. The table of frames is at
 * {@link dev.handoff.internal.protocol.FrameCodec}.
 */
@NullMarked
package dev.handoff.internal.protocol;

import org.jspecify.annotations.NullMarked;
