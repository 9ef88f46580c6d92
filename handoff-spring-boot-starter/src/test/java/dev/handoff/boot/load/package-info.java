/**
 * Load by clients from outside this project.
 */
@NullMarked
package dev.handoff.boot.load;

import org.jspecify.annotations.NullMarked;
