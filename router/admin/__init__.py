"""Administration: the acts that the command line and the admin API share.

notes.py                acts as entries of the audit log, each made in the transaction of its act
keys_command.py         `tiergate keys`
credentials_command.py  `tiergate admin credentials`
duration.py             how these are told a length of time
api/                    the admin API
"""
