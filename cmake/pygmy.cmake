# How every target of ours is built: one set of warnings, one way to find its sources.

set(PYGMY_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= takes them (address,undefined or thread)")
string(COMPARE NOTEQUAL "${PYGMY_SANITIZE}" "" sanitizes)
option(PYGMY_UNIT_TESTS "build the unit tests" ${sanitizes})
option(PYGMY_FUZZ "build the fuzz targets (clang with libFuzzer)" OFF)
option(PYGMY_ETCD "the journal in etcd (wants gRPC)" ON)
option(PYGMY_PROGRAM_ONLY "neither tests nor benchmarks nor packages" OFF)
option(PYGMY_WERROR "warnings are errors" ON)
option(PYGMY_TOGETHER "compile several sources of a library as one" ON)
set(PYGMY_TOGETHER_SIZE 6 CACHE STRING "how many sources are compiled as one; 0: all of a library")

add_library(pygmy_options INTERFACE)
target_compile_options(pygmy_options INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wswitch-enum
                       -Wno-missing-field-initializers)  # designated initializers with defaults read well
if(PYGMY_WERROR)
  target_compile_options(pygmy_options INTERFACE -Werror)
endif()
target_compile_definitions(pygmy_options INTERFACE MSGPACK_NO_BOOST)
target_include_directories(pygmy_options INTERFACE ${PROJECT_SOURCE_DIR})
target_link_libraries(pygmy_options INTERFACE Threads::Threads)
if(PYGMY_SANITIZE)
  add_compile_options(-fsanitize=${PYGMY_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${PYGMY_SANITIZE})
  # These make the compiler check every access to a member, which is a third of the time of this build. A null pointer
  # and a wrong size end the program under ASan as well.
  if(PYGMY_SANITIZE MATCHES undefined)
    add_compile_options(-fno-sanitize=null,alignment,object-size,vptr)
  endif()
endif()
if(PYGMY_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(PYGMY_CCACHE ccache)
if(PYGMY_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PYGMY_CCACHE})
endif()
find_program(PYGMY_MOLD mold)
if(PYGMY_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# Several sources compiled as one: most of what the compiler reads are headers that all of them include. A build
# without it (the preset `mutation`) tells of an include that is missing, and so does clang-tidy.
function(pygmy_compile_together target)
  if(PYGMY_TOGETHER)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${PYGMY_TOGETHER_SIZE})
    # GCC takes an anonymous namespace of a source that is compiled together with others for one of a header.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# pygmy_library(FOLDER [PUBLIC lib...] [PRIVATE lib...]): all sources of a folder, as a library with its last name.
function(pygmy_library folder)
  get_filename_component(name ${folder} NAME)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  add_library(${name} STATIC ${sources})
  # What tells one release from another is taken from the library only by those who do not bring their own (tests/versions).
  set_source_files_properties(${PROJECT_SOURCE_DIR}/${folder}/versions.cpp ${PROJECT_SOURCE_DIR}/${folder}/steps.cpp
                              PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${name} PUBLIC pygmy_options ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  pygmy_compile_together(${name})
endfunction()
