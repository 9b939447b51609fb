# The Debian package, made by `cpack -G DEB` in the build folder: nanodnsd_VERSION_ARCHITECTURE.deb. Its scripts and what
# Debian's policy asks for in addition to an installation are in contrib/debian.
set(package_files ${PROJECT_SOURCE_DIR}/contrib/debian)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME nanodnsd)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "self-hosted dynamic DNS nameserver")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Answers DNS queries for one zone of your own. Routers and scripts update the
addresses of its hosts over HTTP or HTTPS: Fritz!Box, ddclient, inadyn and
others that know DynDNS2 or DuckDNS. ACME clients set the TXT records for
certificates.
.
Each task has a process of its own, with few system calls and without rights.
nanodnsctl shows what the server does. nanodnsd --init writes a configuration.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

# As the tools of Debian's maintainers find out whose package it is.
set(maintainer "nanodnsd authors <nanodnsd@example.org>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
    set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${maintainer}")

# Of the architecture that is compiled for. Only Debian has the first program.
find_program(DPKG_ARCHITECTURE dpkg-architecture)
if(DPKG_ARCHITECTURE AND CMAKE_LIBRARY_ARCHITECTURE)
    execute_process(COMMAND ${DPKG_ARCHITECTURE} -t${CMAKE_LIBRARY_ARCHITECTURE} -qDEB_HOST_ARCH
        OUTPUT_VARIABLE CPACK_DEBIAN_PACKAGE_ARCHITECTURE OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()

# The libraries are found by dpkg-shlibdeps(1). The others are for postinst: sysusers and tmpfiles.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers (>= 1.54), \
systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bind9-dnsutils, curl") # what nanodnsd --init tells to try

set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package_files}/postinst ${package_files}/prerm ${package_files}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${package_files}/finish.cmake)
set(CPACK_NANODNSD_SOURCE_DIR ${PROJECT_SOURCE_DIR}) # both for the script
set(CPACK_NANODNSD_STRIP ${CMAKE_STRIP})

# The unit names the folders that it is installed to, so the prefix is the one of the installed package.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
include(CPack)
