# What people read of an installed dal: completions of shells and the manual page, which the program prints itself while it is
# installed, the documentation with the examples that it mentions, and the license.
set(dal_printed ${PROJECT_BINARY_DIR}/generated/installed)

# The words after `dal`, and the file that gets what they print.
function(dal_install_printed words folder file)
  install(
    CODE "
      file(MAKE_DIRECTORY \"${dal_printed}\")
      execute_process(
        COMMAND \"$<TARGET_FILE:dal>\" ${words} OUTPUT_FILE \"${dal_printed}/${file}\"
        RESULT_VARIABLE dal_failed)
      if(dal_failed)
        message(FATAL_ERROR \"`dal ${words}` fails: \${dal_failed}\")
      endif()")
  install(FILES ${dal_printed}/${file} DESTINATION ${folder})
endfunction()

dal_install_printed("completion bash" ${CMAKE_INSTALL_DATADIR}/bash-completion/completions dal)
dal_install_printed("completion zsh" ${CMAKE_INSTALL_DATADIR}/zsh/site-functions _dal)
dal_install_printed("completion fish" ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d dal.fish)
dal_install_printed("help --man" ${CMAKE_INSTALL_MANDIR}/man1 dal.1)
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg")
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
