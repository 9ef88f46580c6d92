/**
 * The files from which this process's classes are loaded: what it may still need of them
 * is loaded before they can change, and a change is noticed.
 */
@NullMarked
package dev.handoff.internal.program;

import org.jspecify.annotations.NullMarked;
