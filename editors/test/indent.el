;;; indent.el --- How Emacs indents  -*- lexical-binding: t; -*-

;;; Commentary:

;; Fails where Emacs indents a line of the .net files among the arguments otherwise than `netc fmt' did.
;;   emacs -Q --batch -L editors/emacs -l net-mode -l indent.el -f net-check-indentation FILE...

;;; Code:

(require 'net-mode)

(defun net-check-indentation ()
  "Indent the files among the arguments anew, and compare."
  (let ((failed nil))
    (dolist (file command-line-args-left)
      (with-temp-buffer
        (insert-file-contents file)
        (set-auto-mode)
        (let ((buffer-file-name (expand-file-name file)))
          (set-auto-mode))
        (unless (eq major-mode 'net-mode)
          (error "%s is opened in %s" file major-mode))
        (let ((want (split-string (buffer-string) "\n")) (line 0))
          (goto-char (point-min))
          (while (re-search-forward "^[ \t]+" nil t) (replace-match ""))
          (let ((inhibit-message t)) (indent-region (point-min) (point-max)))
          (dolist (got (split-string (buffer-string) "\n"))
            (setq line (1+ line))
            (let ((text (pop want)))
              (unless (equal text got)
                (setq failed t)
                (message "%s:%d: want %S\n   got %S" file line text got)))))))
    (setq command-line-args-left nil)
    (when failed (kill-emacs 1))))

;;; indent.el ends here
