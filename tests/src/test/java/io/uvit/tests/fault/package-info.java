/** Tests in which disks fill, operations fail and processes are killed; may import every module. */
package io.uvit.tests.fault;
