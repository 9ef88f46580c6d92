/**
 * An application for tests that start it in processes of its own.
 */
@NullMarked
package dev.handoff.boot.app;

import org.jspecify.annotations.NullMarked;
