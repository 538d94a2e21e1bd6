#pragma once

#include <ldap.h>
#include <stdbool.h>

/// The functions of libldap that Cellar calls, by their names there without `ldap_`.
///
/// The program is not linked to libldap: it would be mapped, with the libraries for TLS and SASL that it needs, into
/// every server, also without a directory.
typedef struct {
    __typeof__(ldap_connect) *_Nonnull connect;
    __typeof__(ldap_count_values_len) *_Nonnull count_values_len;
    __typeof__(ldap_dn2str) *_Nonnull dn2str;
    __typeof__(ldap_dnfree) *_Nonnull dnfree;
    __typeof__(ldap_err2string) *_Nonnull err2string;
    __typeof__(ldap_first_attribute) *_Nonnull first_attribute;
    __typeof__(ldap_first_message) *_Nonnull first_message;
    __typeof__(ldap_free_urldesc) *_Nonnull free_urldesc;
    __typeof__(ldap_get_dn) *_Nonnull get_dn;
    __typeof__(ldap_get_option) *_Nonnull get_option;
    __typeof__(ldap_get_values_len) *_Nonnull get_values_len;
    __typeof__(ldap_initialize) *_Nonnull initialize;
    __typeof__(ldap_memfree) *_Nonnull memfree;
    __typeof__(ldap_msgfree) *_Nonnull msgfree;
    __typeof__(ldap_msgtype) *_Nonnull msgtype;
    __typeof__(ldap_next_attribute) *_Nonnull next_attribute;
    __typeof__(ldap_next_message) *_Nonnull next_message;
    __typeof__(ldap_parse_reference) *_Nonnull parse_reference;
    __typeof__(ldap_parse_result) *_Nonnull parse_result;
    __typeof__(ldap_sasl_bind_s) *_Nonnull sasl_bind_s;
    __typeof__(ldap_search_ext_s) *_Nonnull search_ext_s;
    __typeof__(ldap_set_option) *_Nonnull set_option;
    __typeof__(ldap_start_tls_s) *_Nonnull start_tls_s;
    __typeof__(ldap_str2dn) *_Nonnull str2dn;
    __typeof__(ldap_unbind_ext_s) *_Nonnull unbind_ext_s;
    __typeof__(ldap_url_parse) *_Nonnull url_parse;
    __typeof__(ldap_value_free_len) *_Nonnull value_free_len;
    /// Of liblber, which libldap brings.
    __typeof__(ber_free) *_Nonnull ber_free;
    __typeof__(ber_memvfree) *_Nonnull ber_memvfree;
} cldap_functions;

/// Opens a library for good, and fills in where its functions are.
///
/// @param name The library's name, as `dlopen(3)` takes it.
/// @param functions What is filled in; whole only if the result is true.
/// @return Whether the library is there and has all functions; if not, `dlerror(3)` says why.
bool cldap_open(const char *_Nonnull name, cldap_functions *_Nonnull functions);
