/** Tests over all modules. May import every package of the project. */
package io.uvit.tests;
