#include "CLDAP.h"

#include <dlfcn.h>

#define FIND(member, function) ((functions->member = dlsym(library, #function)) != NULL)

bool cldap_open(const char *name, cldap_functions *functions) {
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    return library != NULL
        && FIND(connect, ldap_connect)
        && FIND(count_values_len, ldap_count_values_len)
        && FIND(dn2str, ldap_dn2str)
        && FIND(dnfree, ldap_dnfree)
        && FIND(err2string, ldap_err2string)
        && FIND(first_attribute, ldap_first_attribute)
        && FIND(first_message, ldap_first_message)
        && FIND(free_urldesc, ldap_free_urldesc)
        && FIND(get_dn, ldap_get_dn)
        && FIND(get_option, ldap_get_option)
        && FIND(get_values_len, ldap_get_values_len)
        && FIND(initialize, ldap_initialize)
        && FIND(memfree, ldap_memfree)
        && FIND(msgfree, ldap_msgfree)
        && FIND(msgtype, ldap_msgtype)
        && FIND(next_attribute, ldap_next_attribute)
        && FIND(next_message, ldap_next_message)
        && FIND(parse_reference, ldap_parse_reference)
        && FIND(parse_result, ldap_parse_result)
        && FIND(sasl_bind_s, ldap_sasl_bind_s)
        && FIND(search_ext_s, ldap_search_ext_s)
        && FIND(set_option, ldap_set_option)
        && FIND(start_tls_s, ldap_start_tls_s)
        && FIND(str2dn, ldap_str2dn)
        && FIND(unbind_ext_s, ldap_unbind_ext_s)
        && FIND(url_parse, ldap_url_parse)
        && FIND(value_free_len, ldap_value_free_len)
        && FIND(ber_free, ber_free)
        && FIND(ber_memvfree, ber_memvfree);
}
