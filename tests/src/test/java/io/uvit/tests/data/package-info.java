/** Data: golden pre-processing and real image archives. */
package io.uvit.tests.data;
