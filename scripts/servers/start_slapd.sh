#!/usr/bin/env bash
# Starts OpenLDAP on 127.0.0.1 with the directory of directory.ldif, and prints what it is reached by, as KEY=VALUE
# lines. StartTLS works on PORT; with TLS_PORT there is ldaps, too.
# Usage: start_slapd.sh WORKDIR PORT [TLS_PORT]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/lib.sh"
[ -n "${1:-}" ] || fail "usage: ${0##*/} WORKDIR PORT [TLS_PORT]"
port=${2:-} tls_port=${3:-}
check_port "$port"
[ -z "$tls_port" ] || check_port "$tls_port"

# Debian has it where only root looks for programs.
PATH=$PATH:/usr/sbin
schema=/etc/ldap/schema modules=/usr/lib/ldap
for program in slapd ldapadd openssl; do
    command -v $program >/dev/null || fail "there is no $program: run scripts/servers/install.sh slapd first"
done
[ -e $schema/inetorgperson.schema ] && [ -e $modules/memberof.la ] ||
    fail "slapd is not laid out as Debian's is ($schema, $modules)"

enter "$1"
make_certificates
rm -rf db
mkdir -p db/example db/partner
root="cn=root,dc=example,dc=org" password=root-secret
cat >slapd.conf <<CONF
include $schema/core.schema
include $schema/cosine.schema
include $schema/inetorgperson.schema
modulepath $modules
moduleload back_mdb
moduleload memberof
threads 4
# RFC 4513 §5.1.2: a name with an empty password "succeeds", so a client that does not refuse it lets everybody in.
allow bind_anon_dn
TLSCACertificateFile $PWD/ca.pem
TLSCertificateFile $PWD/server.pem
TLSCertificateKeyFile $PWD/server.key
TLSProtocolMin 3.3

database mdb
suffix "dc=example,dc=org"
directory $PWD/db/example
maxsize 16777216
dbnosync
index objectClass,uid,member eq
rootdn "$root"
rootpw $password
overlay memberof
access to attrs=userPassword by anonymous auth by * none
access to dn.subtree="ou=groups,dc=example,dc=org" by users read by * none
access to * by dn.exact="cn=reader,ou=services,dc=example,dc=org" read by self read by * none

database mdb
suffix "dc=partner,dc=example"
directory $PWD/db/partner
maxsize 16777216
dbnosync
rootdn "$root"
access to attrs=userPassword by anonymous auth by * none
# Clients follow referrals without a name, unless they take care to bind again.
access to * by * read
CONF
sed "s/@PORT@/$port/" "$here/directory.ldif" >directory.ldif

# Level 256 notes each bind and search, never a password: tests read in it what a client asked for.
start slapd.log slapd.pid slapd -f slapd.conf -d 256 \
    -h "ldap://127.0.0.1:$port/${tls_port:+ ldaps://127.0.0.1:$tls_port/}"
# Whoever calls may have settings of their own.
export LDAPNOINIT=1
wait_until_up slapd.log slapd.pid ldapwhoami -x -H "ldap://127.0.0.1:$port" -D "$root" -w "$password" -o nettimeout=2
# Over LDAP, so that the overlay fills in memberOf; -M adds the referral itself.
if ! ldapadd -M -x -H "ldap://127.0.0.1:$port" -D "$root" -w "$password" -f directory.ldif >ldapadd.log 2>&1; then
    tail -n 5 ldapadd.log >&2
    stop_process "$(<slapd.pid)"
    rm -f slapd.pid
    fail "the directory was not loaded"
fi

echo "ENDPOINT=ldap://127.0.0.1:$port"
[ -z "$tls_port" ] || echo "TLS_ENDPOINT=ldaps://127.0.0.1:$tls_port"
print_certificates
echo "LOG=$PWD/slapd.log"
echo "PIDFILE=$PWD/slapd.pid"
