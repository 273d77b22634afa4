;;; lsp.el --- Eglot against `netc lsp'  -*- lexical-binding: t; -*-

;;; Commentary:

;; Diagnostics, completion, hover and formatting through Emacs's own client, eglot (in Emacs from 29 on, Debian's elpa-eglot
;; before).
;;   NETC=/path/to/netc emacs -Q --batch -L editors/emacs -l lsp.el -f net-check-eglot

;;; Code:

(require 'package)
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa") ; Debian's elpa-eglot
(package-initialize)
(require 'net-mode)
(require 'eglot)
(require 'flymake)

(defun net-eventually (what condition)
  "Wait until CONDITION is true; WHAT says what that means."
  (let ((end (+ (float-time) 20)) value)
    (while (not (setq value (funcall condition)))
      (when (> (float-time) end)
        (error "Not within 20 s: %s" what))
      (accept-process-output nil 0.05))
    value))

(defun net-check-eglot ()
  "Talk to the server about a program."
  (let* ((folder (make-temp-file "netc-eglot" t))
         (file (expand-file-name "program.net" folder))
         (net-command (or (getenv "NETC") (error "NETC is not set")))
         (eglot-server-programs `((net-mode . (,net-command "lsp"))))
         (eglot-autoshutdown nil)
         (eglot-sync-connect 20))
    (with-temp-file file
      (insert "data d { from digits }\n\nmodel m {\n  input d\n  flatten\n  dropuot 0.2\n  dense classes\n}\n\n"
              "train {\n  loss cross_entropy\n  optimizer adam(lr = 1e-3)\n  batch 32\n  epochs 1\n}\n"))
    (find-file file)
    (unless (eq major-mode 'net-mode) (error "The mode is %s" major-mode))
    (apply #'eglot--connect (eglot--guess-contact))
    (net-eventually "eglot manages the buffer" #'eglot-current-server)
    (flymake-mode 1)

    ;; diagnostics
    (let ((found (net-eventually "an error about dropuot"
                                 (lambda ()
                                   (flymake-start)
                                   (cl-find-if (lambda (d) (string-match-p "dropuot" (flymake-diagnostic-text d)))
                                               (flymake-diagnostics))))))
      (unless (= (line-number-at-pos (flymake-diagnostic-beg found)) 6)
        (error "The error is on line %d" (line-number-at-pos (flymake-diagnostic-beg found)))))
    (goto-char (point-min))
    (search-forward "dropuot")
    (replace-match "dropout")
    (eglot--signal-textDocument/didChange) ; otherwise an idle timer's work, and batch mode is never idle
    (net-eventually "no error"
                    (lambda ()
                      (flymake-start)
                      (not (cl-find-if (lambda (d) (eq (flymake-diagnostic-type d) 'eglot-error)) (flymake-diagnostics)))))

    ;; completion
    (goto-char (point-min))
    (search-forward "flatten")
    (insert "\n  den")
    (pcase-let* ((`(,_ ,_ ,table . ,_) (eglot-completion-at-point))
                 (words (all-completions "den" table)))
      (unless (cl-some (lambda (w) (string-prefix-p "dense" w)) words)
        (error "Completion offers %S" words)))
    (delete-region (line-beginning-position) (1+ (line-end-position)))

    ;; hover
    (search-backward "flatten")
    (let ((said (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover (eglot--TextDocumentPositionParams))))
      (unless (string-match-p "flatten" (downcase (format "%S" said)))
        (error "Hover says %S" said)))

    ;; formatting
    (let ((want (buffer-string)))
      (goto-char (point-min))
      (search-forward "  dense classes")
      (replace-match "      dense    classes")
      (eglot-format-buffer)
      (unless (equal (buffer-string) want)
        (error "Formatted:\n%s" (buffer-string)))
      (goto-char (point-min))
      (search-forward "  dense classes")
      (replace-match "dense    classes")
      (net-format-buffer)
      (unless (equal (buffer-string) want)
        (error "After net-format-buffer:\n%s" (buffer-string))))
    (set-buffer-modified-p nil)
    (eglot-shutdown (eglot--current-server-or-lose))
    (delete-directory folder t)))

;;; lsp.el ends here
