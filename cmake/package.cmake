# Two Debian packages (docs/adr/0052-a-package-and-units.md): `pygmy` with the component `program`, and `libpygmy-dev` with
# the component `library`, which other programs build against. `./dev package` makes them.
set(share ${PROJECT_BINARY_DIR}/package/share)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/package.stamp
                   COMMAND /usr/bin/python3 ${PROJECT_SOURCE_DIR}/cmake/package_files.py $<TARGET_FILE:pygmy>
                           ${PROJECT_BINARY_DIR}/package
                   COMMAND ${CMAKE_COMMAND} -E touch ${PROJECT_BINARY_DIR}/package.stamp
                   DEPENDS pygmy ${PROJECT_SOURCE_DIR}/cmake/package_files.py ${PROJECT_SOURCE_DIR}/CHANGELOG.md
                           ${PROJECT_SOURCE_DIR}/deploy/package/pygmy-deploy.1
                   COMMENT "Writing manual pages and completions")
add_custom_target(package_files ALL DEPENDS ${PROJECT_BINARY_DIR}/package.stamp)

# The wheel of the client library for Python.
add_custom_target(python_wheel COMMAND /usr/bin/python3 -B ${PROJECT_SOURCE_DIR}/python/make_wheel.py ${PROJECT_BINARY_DIR}
                  COMMENT "Making the wheel for Python")
# The npm package of the TypeScript library, where npm is.
find_program(NPM npm)
if(NPM)
  add_custom_target(npm_package
                    COMMAND ${NPM} ci --no-audit --no-fund --loglevel error
                    COMMAND ${NPM} pack --loglevel error --pack-destination ${PROJECT_BINARY_DIR}
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}/typescript
                    COMMENT "Packing the TypeScript library")
endif()

install(DIRECTORY ${share} DESTINATION . COMPONENT program OPTIONAL)
install(DIRECTORY samples/ DESTINATION share/pygmy COMPONENT program FILES_MATCHING PATTERN *.csv)
install(FILES deploy/package/copyright DESTINATION share/doc/pygmy COMPONENT program)
install(FILES compose.yaml DESTINATION share/doc/pygmy/examples COMPONENT program)
# A store on several hosts (docs/DEPLOY.md).
install(PROGRAMS deploy/pygmy-deploy DESTINATION bin COMPONENT program)
install(DIRECTORY deploy/hosts DESTINATION share/pygmy COMPONENT program FILES_MATCHING PATTERN *.py PATTERN host.sh)
install(PROGRAMS deploy/hosts/supervise deploy/hosts/etcd-member DESTINATION lib/pygmy COMPONENT program)
install(FILES deploy/package/copyright ${share}/doc/pygmy/changelog.gz DESTINATION share/doc/libpygmy-dev
        COMPONENT library OPTIONAL)

# pygmy_unit(KIND WHAT COMMAND NEEDS [VARIABLE=VALUE ...]): pygmy-KIND@.service. NEEDS: kinds that it starts after.
function(pygmy_unit kind what command needs)
  set(unit pygmy-${kind}@.service)
  if(kind STREQUAL node)
    set(unit pygmy@.service)
  endif()
  list(TRANSFORM needs REPLACE "(.+)" "pygmy-\\1@%i.service" OUTPUT_VARIABLE after)
  list(JOIN after " " after)
  list(TRANSFORM ARGN PREPEND "Environment=" OUTPUT_VARIABLE environment)
  list(JOIN environment "\n" environment)
  set(state "StateDirectory=pygmy\nStateDirectoryMode=0700")
  if(command MATCHES "--data /var/lib/(pygmy/[^ ]+)")
    set(state "StateDirectory=pygmy ${CMAKE_MATCH_1}\nStateDirectoryMode=0700")
  endif()
  configure_file(deploy/systemd/service.in ${PROJECT_BINARY_DIR}/systemd/${unit} @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/systemd/${unit} DESTINATION lib/systemd/system COMPONENT program)
endfunction()

function(pygmy_replica_unit role port)
  pygmy_unit(${role} "${role} replica" "${role} --instance ${role}-%i --data /var/lib/pygmy/${role}-%i" broker
             PYGMY_LISTEN=tcp://127.0.0.1:${port} PYGMY_BROKERS=tcp://127.0.0.1:7400)
endfunction()

pygmy_unit(node "node" "node --name %i --data /var/lib/pygmy" "")
pygmy_unit(broker "broker" "broker --instance broker-%i --data /var/lib/pygmy/broker-%i" ""
           PYGMY_LISTEN=tcp://127.0.0.1:7400)
pygmy_replica_unit(catalog 7430)
pygmy_replica_unit(order 7450)
pygmy_unit(frontend "frontend" "frontend --instance frontend-%i" "broker;catalog;order"
           PYGMY_LISTEN=tcp://127.0.0.1:7410 PYGMY_BROKERS=tcp://127.0.0.1:7400)
pygmy_unit(bridge "HTTP bridge" "bridge --instance bridge-%i" "broker;catalog;order"
           PYGMY_LISTEN=127.0.0.1:8080 PYGMY_BROKERS=tcp://127.0.0.1:7400)
install(FILES deploy/systemd/pygmy.target deploy/systemd/pygmy-etcd@.service DESTINATION lib/systemd/system COMPONENT program)
install(FILES deploy/systemd/sysusers.conf DESTINATION lib/sysusers.d RENAME pygmy.conf COMPONENT program)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pygmy)
set(CPACK_PACKAGE_CONTACT "The Pygmy authors <pygmy@example.org>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR})
set(CPACK_COMPONENTS_ALL program library)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME pygmy)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "systemd, etcd-server, python3, openssh-client, openssl")
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "back end of a shop that never sells what it does not have
Pygmy keeps a catalogue with stock, and the orders against it. Several
processes replicate one stream of events, so that the shop goes on while some
of them crash. It is used over HTTP, over ZeroMQ, and by commands.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/deploy/package/postinst
    ${PROJECT_SOURCE_DIR}/deploy/package/prerm ${PROJECT_SOURCE_DIR}/deploy/package/postrm)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libpygmy-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libzmq3-dev, libfmt-dev, libspdlog-dev, libssl-dev")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "edge of a Pygmy shop inside a C++ program
The static library of pygmy::Edge, with its header, CMake package and
pkg-config file: a program looks items up in a cache of its own that is never
stale, and places orders.")
include(CPack)
