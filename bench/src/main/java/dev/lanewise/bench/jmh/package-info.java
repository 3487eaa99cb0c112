/** JMH suites of the kernels. */
package dev.lanewise.bench.jmh;
