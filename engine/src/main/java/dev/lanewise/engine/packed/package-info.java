/** Packed weights in files, so that a model that was loaded once is read and not packed again. */
package dev.lanewise.engine.packed;
