/** Keys and values of the tokens a sequence has seen. */
package dev.lanewise.engine.cache;
