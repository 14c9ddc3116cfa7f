/** What networks are, without running them: sizes and costs of the official experiments. */
package io.uvit.tests.model;
