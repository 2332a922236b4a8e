@echo off
rem Written by `postured login enable`, which writes it anew; `postured login disable` removes it.
rem postured leaves the file alone once these two lines are gone.
rem The next line lets paths hold any letter: this file is UTF-8.
chcp 65001 >nul
start "" @PROGRAM@ run
