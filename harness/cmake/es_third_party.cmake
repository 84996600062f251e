# SPDX-License-Identifier: GPL-2.0-or-later
# Third parties as es_<name>. Includes of imported targets are system headers: our
# warnings do not judge them. Which module may include which is checked by tests/lint/check_fences.py.
find_package(PkgConfig REQUIRED)

function(es_third_party name package)
    pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${package})
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE PkgConfig::${name})
endfunction()

es_third_party(es_wolfssl wolfssl>=5.5)
es_third_party(es_coap libcoap-3-notls>=4.3.1)
es_third_party(es_cbor libcbor>=0.8)
es_third_party(es_yaml yaml-0.1>=0.2)
es_third_party(es_pcre2 libpcre2-8)
es_third_party(es_xml libxml-2.0)
es_third_party(es_jansson jansson)
if(ES_TESTS)
    es_third_party(es_criterion criterion>=2.4)
endif()
