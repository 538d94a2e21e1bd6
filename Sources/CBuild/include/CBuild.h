#pragma once

/// The commit that the program was built from, as eight hexadecimal digits; empty if the build did not say.
const char *cellar_build_commit(void);

/// The version of the Swift runtime in the program; empty if the build did not say.
const char *cellar_build_swift(void);
