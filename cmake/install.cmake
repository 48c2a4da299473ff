# memllm, its library, headers, models and documents. The library is several static archives; memllm_memory names them all.
include(GNUInstallDirs)
install(TARGETS memllm RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS memllm_base memllm_embed memllm_store memllm_llm memllm_engine ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/memllm DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY models/ DESTINATION ${CMAKE_INSTALL_DATADIR}/memllm/models FILES_MATCHING PATTERN "*.gguf" PATTERN "*.md")
install(FILES README.md LICENSE NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
