#pragma once

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
// Where Debian has it.
#include <postgresql/libpq-fe.h>
#endif
#include <stdbool.h>

/// The functions of libpq that Cellar calls, by their names there without `PQ`.
///
/// The program is not linked to libpq: it would be mapped, with the libraries for TLS, Kerberos and LDAP that it needs,
/// into every server, also into those with SQLite.
typedef struct {
    __typeof__(PQclear) *_Nonnull clear;
    __typeof__(PQcmdStatus) *_Nonnull cmdStatus;
    __typeof__(PQconnectdbParams) *_Nonnull connectdbParams;
    __typeof__(PQconninfoFree) *_Nonnull conninfoFree;
    __typeof__(PQconninfoParse) *_Nonnull conninfoParse;
    __typeof__(PQconsumeInput) *_Nonnull consumeInput;
    __typeof__(PQenterPipelineMode) *_Nonnull enterPipelineMode;
    __typeof__(PQerrorMessage) *_Nonnull errorMessage;
    __typeof__(PQfinish) *_Nonnull finish;
    __typeof__(PQflush) *_Nonnull flush;
    __typeof__(PQfreemem) *_Nonnull freemem;
    __typeof__(PQftype) *_Nonnull ftype;
    __typeof__(PQgetisnull) *_Nonnull getisnull;
    __typeof__(PQgetlength) *_Nonnull getlength;
    __typeof__(PQgetResult) *_Nonnull getResult;
    __typeof__(PQgetvalue) *_Nonnull getvalue;
    __typeof__(PQisBusy) *_Nonnull isBusy;
    __typeof__(PQntuples) *_Nonnull ntuples;
    __typeof__(PQparameterStatus) *_Nonnull parameterStatus;
    __typeof__(PQpipelineSync) *_Nonnull pipelineSync;
    __typeof__(PQresultErrorField) *_Nonnull resultErrorField;
    __typeof__(PQresultErrorMessage) *_Nonnull resultErrorMessage;
    __typeof__(PQresultStatus) *_Nonnull resultStatus;
    __typeof__(PQsendPrepare) *_Nonnull sendPrepare;
    __typeof__(PQsendQueryParams) *_Nonnull sendQueryParams;
    __typeof__(PQsendQueryPrepared) *_Nonnull sendQueryPrepared;
    __typeof__(PQserverVersion) *_Nonnull serverVersion;
    __typeof__(PQsetnonblocking) *_Nonnull setnonblocking;
    __typeof__(PQsetNoticeProcessor) *_Nonnull setNoticeProcessor;
    __typeof__(PQsocket) *_Nonnull socket;
    __typeof__(PQstatus) *_Nonnull status;
    __typeof__(PQunescapeBytea) *_Nonnull unescapeBytea;
} cpostgresql_functions;

/// Opens a library for good, and fills in where its functions are.
///
/// @param name The library's name, as `dlopen(3)` takes it.
/// @param functions What is filled in; whole only if the result is true.
/// @return Whether the library is there and has all functions; if not, `dlerror(3)` says why.
bool cpostgresql_open(const char *_Nonnull name, cpostgresql_functions *_Nonnull functions);
