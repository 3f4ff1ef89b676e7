# `cmake --install`: the program, and what other programs build against: pygmy::Edge as one static library with its header,
# a CMake package (find_package(Pygmy), target Pygmy::edge) and a pkg-config file (pygmy). The folders stay libraries of
# their own in the build; the installed one holds all that the edge needs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(pygmy_edge_objects "")
foreach(folder IN ITEMS base msg net stream frontend client edge)
  list(APPEND pygmy_edge_objects $<TARGET_OBJECTS:${folder}>)
endforeach()
add_library(pygmy_edge STATIC ${pygmy_edge_objects})
set_target_properties(pygmy_edge PROPERTIES OUTPUT_NAME pygmy EXPORT_NAME edge LINKER_LANGUAGE CXX)
target_link_libraries(pygmy_edge INTERFACE Threads::Threads fmt::fmt spdlog::spdlog OpenSSL::Crypto zmq)
target_compile_features(pygmy_edge INTERFACE cxx_std_20)

install(TARGETS pygmy RUNTIME COMPONENT program)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)  # of all that follows
install(TARGETS pygmy_edge EXPORT PygmyTargets ARCHIVE INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES edge/edge.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pygmy)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Pygmy)
install(EXPORT PygmyTargets NAMESPACE Pygmy:: DESTINATION ${package})
configure_package_config_file(cmake/PygmyConfig.cmake.in ${PROJECT_BINARY_DIR}/PygmyConfig.cmake
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PygmyConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/PygmyConfig.cmake ${PROJECT_BINARY_DIR}/PygmyConfigVersion.cmake DESTINATION ${package})

configure_file(cmake/pygmy.pc.in ${PROJECT_BINARY_DIR}/pygmy.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pygmy.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
