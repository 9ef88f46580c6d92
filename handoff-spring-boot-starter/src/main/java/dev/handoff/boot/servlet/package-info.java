/**
 * Event streams of servlet applications.
 */
@NullMarked
package dev.handoff.boot.servlet;

import org.jspecify.annotations.NullMarked;
