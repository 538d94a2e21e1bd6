#include "CPostgreSQL.h"

#include <dlfcn.h>

#define FIND(function) ((functions->function = dlsym(library, "PQ" #function)) != NULL)

bool cpostgresql_open(const char *name, cpostgresql_functions *functions) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    return library != NULL
        && FIND(clear)
        && FIND(cmdStatus)
        && FIND(connectdbParams)
        && FIND(conninfoFree)
        && FIND(conninfoParse)
        && FIND(consumeInput)
        && FIND(enterPipelineMode)
        && FIND(errorMessage)
        && FIND(finish)
        && FIND(flush)
        && FIND(freemem)
        && FIND(ftype)
        && FIND(getisnull)
        && FIND(getlength)
        && FIND(getResult)
        && FIND(getvalue)
        && FIND(isBusy)
        && FIND(ntuples)
        && FIND(parameterStatus)
        && FIND(pipelineSync)
        && FIND(resultErrorField)
        && FIND(resultErrorMessage)
        && FIND(resultStatus)
        && FIND(sendPrepare)
        && FIND(sendQueryParams)
        && FIND(sendQueryPrepared)
        && FIND(serverVersion)
        && FIND(setnonblocking)
        && FIND(setNoticeProcessor)
        && FIND(socket)
        && FIND(status)
        && FIND(unescapeBytea);
}
