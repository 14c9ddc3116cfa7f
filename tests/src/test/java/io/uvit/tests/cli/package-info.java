/**
 * Tests of the command line as a user meets it, and the kit they run it with: {@link
 * io.uvit.tests.cli.Cli}.
 */
package io.uvit.tests.cli;
