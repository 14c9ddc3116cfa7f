/** The rules of the house: which package may use which. */
package io.uvit.tests.architecture;
