/** Load on a server of the OpenAI API, and what its clients see of it. */
package dev.lanewise.bench.load;
