/** The HTTP server: routes, life cycle, options. */
package dev.lanewise.server;
