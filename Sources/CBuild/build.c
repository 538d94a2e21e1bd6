#include "CBuild.h"

#ifndef CELLAR_COMMIT
#define CELLAR_COMMIT
#endif
#ifndef CELLAR_SWIFT
#define CELLAR_SWIFT
#endif

#define TEXT_OF(...) #__VA_ARGS__
#define TEXT(...) TEXT_OF(__VA_ARGS__)

const char *cellar_build_commit(void) { return TEXT(CELLAR_COMMIT); }

const char *cellar_build_swift(void) { return TEXT(CELLAR_SWIFT); }
