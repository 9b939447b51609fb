# How everything is compiled and linked. An option that the compiler does not know is left out.
include(CheckCXXCompilerFlag)

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align -Wundef -Wimplicit-fallthrough)
if(NANODNSD_WERROR)
    add_compile_options(-Werror)
endif()
include_directories(${PROJECT_SOURCE_DIR})
# Objects do not depend on the folder of the sources, so clones can share them (contrib/compiler-cache).
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
# on 32-bit systems: files above 2 GB, times after 2038
add_compile_definitions(_FILE_OFFSET_BITS=64 _TIME_BITS=64)

function(add_flag_if_known flag)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" known)
    set(CMAKE_REQUIRED_FLAGS -Werror) # clang only warns of a flag that means nothing to it
    check_cxx_compiler_flag("${flag}" ${known})
    if(${known})
        add_compile_options(${flag})
    endif()
endfunction()

if(NANODNSD_SANITIZE)
    add_compile_definitions(NANODNSD_SANITIZED=1) # the filters allow its run time (privsep/sanitizer_calls.h)
    add_compile_options(-fsanitize=${NANODNSD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
    add_link_options(-fsanitize=${NANODNSD_SANITIZE})
    # its check of virtual calls opens a pipe, and some tests have no descriptors left
    add_compile_options(-fno-sanitize=vptr)
    if(NANODNSD_FUZZ)
        add_compile_options(-fsanitize=fuzzer-no-link) # the parts are what has to be instrumented
    endif()
else()
    add_flag_if_known(-fstack-protector-strong)
    add_flag_if_known(-fstack-clash-protection)
    add_flag_if_known(-fcf-protection=full) # x86
    add_flag_if_known(-mbranch-protection=standard) # its counterpart on 64-bit ARM
    add_flag_if_known(-ftrivial-auto-var-init=zero)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
        add_compile_options(-ffunction-sections -fdata-sections)
        # The C++ runtime is linked statically: each page of libstdc++ with relocations would be a private page
        # in each process (ARCHITECTURE.md, "Size")
        add_link_options(-Wl,--gc-sections -static-libstdc++ -static-libgcc)
    endif()
    add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT NANODNSD_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    include(CheckIPOSupported)
    check_ipo_supported(RESULT lto_works OUTPUT lto_output LANGUAGES CXX)
    set(NANODNSD_LTO ${lto_works})
endif()
