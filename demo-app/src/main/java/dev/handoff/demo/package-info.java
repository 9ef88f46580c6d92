/**
 * A small service that is restarted under load.
 */
@NullMarked
package dev.handoff.demo;

import org.jspecify.annotations.NullMarked;
