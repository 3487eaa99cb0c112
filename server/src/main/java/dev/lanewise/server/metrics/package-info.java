/** What the server tells Prometheus about itself. */
package dev.lanewise.server.metrics;
