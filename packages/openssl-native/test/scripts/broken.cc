// For the test of the build: does not compile.
this is no C++;
