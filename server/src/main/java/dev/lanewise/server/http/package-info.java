/** What requests of any API pass through: keys, request ids, limits, TLS, the access log. */
package dev.lanewise.server.http;
