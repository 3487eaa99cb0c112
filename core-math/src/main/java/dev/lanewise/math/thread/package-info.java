/** The team of platform threads that computes one operation together. */
package dev.lanewise.math.thread;
