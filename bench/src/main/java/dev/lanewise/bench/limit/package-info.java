/** What a machine allows at most: memory reads and multiplications a second. */
package dev.lanewise.bench.limit;
