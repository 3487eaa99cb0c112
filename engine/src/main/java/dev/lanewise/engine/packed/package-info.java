/** Packed weights in files, so that a model that was loaded once is mapped and not packed again. */
package dev.lanewise.engine.packed;
