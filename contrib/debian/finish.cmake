# Run by cpack before it packs the installed files (CPACK_PRE_BUILD_SCRIPTS): what Debian's policy asks for.
set(files ${CPACK_NANODNSD_SOURCE_DIR}/contrib/debian)
set(tree ${CPACK_TEMPORARY_DIRECTORY}/usr/share)
set(documents ${tree}/doc/nanodnsd)
set(all_may_read OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# Policy 12.5: the licence has one place.
file(REMOVE ${documents}/LICENSE)
file(COPY_FILE ${files}/copyright ${documents}/copyright)
file(MAKE_DIRECTORY ${tree}/lintian/overrides)
file(COPY_FILE ${files}/lintian-overrides ${tree}/lintian/overrides/nanodnsd)

# Policy 12.7. CHANGELOG.md says what has changed, so this only says which version it is, and from when.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${documents}/changelog "nanodnsd (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium

  * The changes are listed in /usr/share/doc/nanodnsd/CHANGELOG.md.

 -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}
")

# Where Debian's zsh looks for those of packages.
file(RENAME ${tree}/zsh/site-functions ${tree}/zsh/vendor-completions)

# Policy 10.1; the sections without use as Debian's dh_strip(1).
file(GLOB executables ${CPACK_TEMPORARY_DIRECTORY}/usr/bin/* ${CPACK_TEMPORARY_DIRECTORY}/usr/libexec/nanodnsd/*)
execute_process(COMMAND ${CPACK_NANODNSD_STRIP} --strip-all --remove-section=.comment --remove-section=.note
    ${executables} COMMAND_ERROR_IS_FATAL ANY)

# Policy 12.1 and 12.7: compressed, without a time of its own.
file(GLOB manuals ${tree}/man/man*/*.[1-9])
execute_process(COMMAND gzip -9n ${manuals} ${documents}/changelog COMMAND_ERROR_IS_FATAL ANY)
file(GLOB compressed ${tree}/man/man*/*.gz ${documents}/changelog.gz)
file(CHMOD ${compressed} ${documents}/copyright ${tree}/lintian/overrides/nanodnsd PERMISSIONS ${all_may_read})

# Policy 10.9. cmake makes folders by the umask of the user, and cpack's setting of their permissions is limited by it.
# The files of a checkout may have any time: all get the time of the package, of $SOURCE_DATE_EPOCH if that is set.
string(TIMESTAMP now "%s" UTC)
execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -type d -exec chmod 755 {} + COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec touch --no-dereference --date=@${now} {} +
    COMMAND_ERROR_IS_FATAL ANY)

# dpkg-shlibdeps(1) looks for the libraries of this architecture.
set(ENV{DEB_HOST_ARCH} ${CPACK_DEBIAN_PACKAGE_ARCHITECTURE})
