/** Training runs from end to end: equal when repeated, resumed or killed; stops and refusals. */
package io.uvit.tests.train;
