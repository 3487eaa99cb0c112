/** Who computes next: pure decisions about requests, blocks and measured times. */
package dev.lanewise.engine.schedule;
