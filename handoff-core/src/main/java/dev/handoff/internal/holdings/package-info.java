/**
 * What this process holds and hands over: listeners, files and pipes, and where they come
 * from if no predecessor offers them.
 */
@NullMarked
package dev.handoff.internal.holdings;

import org.jspecify.annotations.NullMarked;
