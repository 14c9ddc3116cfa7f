/** What is written here, read by the programs of others. Skipped where those are not installed. */
package io.uvit.tests.crossruntime;
