/** The command line. */
package dev.lanewise.server.cli;
