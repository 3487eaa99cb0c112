/** Leaving out work that does not matter. */
package dev.lanewise.engine.sparse;
