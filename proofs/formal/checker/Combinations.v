(** * Combinations: sparse integer combinations of atoms.

    A row [[(k, z); ...]] stands for the sum of z times atom k; [ev a r] is its value where atom k has
    the value [a k]. Rows are sums, so the lemmas hold for every list; the functions keep rows in
    increasing order of atoms and without zeros, which is what makes equal combinations equal lists. *)
Require Import ZArith List Bool Reals Lra Lia Arith.
From Pmone Require Import Sums.
Import ListNotations.

Definition row : Type := list (nat * Z).
Open Scope R_scope.
Definition ev (a : nat -> R) (r : row) : R := rsum (fun p => IZR (snd p) * a (fst p)) r.

Lemma ev_nil a : ev a [] = 0. Proof. reflexivity. Qed.
Lemma ev_cons a k z r : ev a ((k, z) :: r) = IZR z * a k + ev a r. Proof. reflexivity. Qed.
Lemma ev_single a k : ev a [(k, 1%Z)] = a k. Proof. rewrite ev_cons, ev_nil. lra. Qed.

(** ** the sum of two rows: a merge *)
Fixpoint radd (r : row) : row -> row :=
  match r with
  | [] => fun s => s
  | (i, x) :: r' =>
    fix go (s : row) : row :=
      match s with
      | [] => r
      | (j, y) :: s' =>
        match Nat.compare i j with
        | Lt => (i, x) :: radd r' s
        | Gt => (j, y) :: go s'
        | Eq => let z := (x + y)%Z in if Z.eqb z 0 then radd r' s' else (i, z) :: radd r' s'
        end
      end
  end.
Lemma radd_ok a r : forall s, ev a (radd r s) = ev a r + ev a s.
Proof.
  induction r as [|[i x] r IH]; intros s; cbn [radd]; [rewrite ev_nil; lra|].
  induction s as [|[j y] s IHs]; [rewrite ev_nil; lra|].
  destruct (Nat.compare_spec i j) as [->|H|H].
  - rewrite !ev_cons. destruct (Z.eqb_spec (x + y) 0) as [E|E].
    + rewrite IH. assert (IZR x + IZR y = 0) by (rewrite <- plus_IZR, E; auto). nra.
    + rewrite ev_cons, IH, plus_IZR. lra.
  - rewrite ev_cons, IH, !ev_cons. lra.
  - rewrite ev_cons, IHs, !ev_cons. lra.
Qed.

Definition rneg (r : row) : row := map (fun p => (fst p, Z.opp (snd p))) r.
Lemma rneg_ok a r : ev a (rneg r) = - ev a r.
Proof.
  induction r as [|[i x] r IH]; cbn [rneg map]; [rewrite ev_nil; lra|].
  rewrite !ev_cons. fold (rneg r). rewrite IH. cbn [fst snd]. rewrite opp_IZR. lra.
Qed.
Definition rscale (z : Z) (r : row) : row :=
  if Z.eqb z 0 then [] else map (fun p => (fst p, Z.mul z (snd p))) r.
Lemma rscale_ok a z r : ev a (rscale z r) = IZR z * ev a r.
Proof.
  unfold rscale. destruct (Z.eqb_spec z 0) as [->|_]; [rewrite ev_nil; lra|].
  induction r as [|[i x] r IH]; cbn [map]; [rewrite ev_nil; lra|].
  rewrite !ev_cons, IH. cbn [fst snd]. rewrite mult_IZR. lra.
Qed.

(** ** the sum of many rows: neighbours first, single entries before long rows *)
Definition many (a : nat -> R) (l : list row) : R := rsum (ev a) l.
Fixpoint pairs (l : list row) : list row :=
  match l with a :: b :: l' => radd a b :: pairs l' | _ => l end.
Lemma pairs_ok a n : forall l, (length l <= n)%nat -> many a (pairs l) = many a l.
Proof.
  unfold many. induction n as [|n IH]; intros [|x [|y l]] Hl; try reflexivity; [cbn in Hl; lia|].
  cbn [pairs rsum]. rewrite IH by (cbn in Hl; lia). rewrite radd_ok. lra.
Qed.
Fixpoint total_from (fuel : nat) (l : list row) : row :=
  match l with
  | [] => []
  | [r] => r
  | _ => match fuel with O => fold_right radd [] l | S f => total_from f (pairs l) end
  end.
Lemma total_from_ok a fuel : forall l, ev a (total_from fuel l) = many a l.
Proof.
  assert (F : forall l, ev a (fold_right radd [] l) = many a l).
  { induction l; cbn [fold_right]; [reflexivity|]. rewrite radd_ok, IHl. reflexivity. }
  induction fuel as [|f IH]; intros [|x [|y l]]; cbn [total_from]; try reflexivity;
    try (unfold many; cbn [rsum]; lra).
  - apply F.
  - rewrite IH. apply (pairs_ok a (length (x :: y :: l))). auto.
Qed.
Definition single (r : row) : bool := match r with [_] => true | _ => false end.
Definition total (l : list row) : row :=
  radd (total_from 64 (filter single l)) (total_from 64 (filter (fun r => negb (single r)) l)).
Lemma total_ok a l : ev a (total l) = many a l.
Proof.
  unfold total. rewrite radd_ok, !total_from_ok. unfold many. rewrite !rsum_filter, <- rsum_plus.
  apply rsum_ext. intros r _. destruct (single r); cbn; lra.
Qed.

(** ** equal rows, and rows of one sign *)
Fixpoint row_eqb (r s : row) : bool :=
  match r, s with
  | [], [] => true
  | (i, x) :: r', (j, y) :: s' => Nat.eqb i j && Z.eqb x y && row_eqb r' s'
  | _, _ => false
  end.
Lemma row_eqb_eq r : forall s, row_eqb r s = true -> r = s.
Proof.
  induction r as [|[i x] r IH]; intros [|[j y] s]; cbn; try easy.
  rewrite !andb_true_iff. intros [[H1 H2] H3]. apply Nat.eqb_eq in H1. apply Z.eqb_eq in H2.
  apply IH in H3. congruence.
Qed.
Definition all_nonneg (r : row) : bool := forallb (fun p => Z.leb 0 (snd p)) r.
Definition all_nonpos (r : row) : bool := forallb (fun p => Z.leb (snd p) 0) r.
Lemma nonneg_ok a r : (forall k, 0 <= a k) -> all_nonneg r = true -> 0 <= ev a r.
Proof.
  intros Ha H. apply rsum_nonneg. intros p Hp. unfold all_nonneg in H. rewrite forallb_forall in H.
  specialize (H p Hp). apply Z.leb_le, IZR_le in H. apply Rmult_le_pos; auto.
Qed.
Lemma nonpos_ok a r : (forall k, 0 <= a k) -> all_nonpos r = true -> ev a r <= 0.
Proof.
  intros Ha H. enough (0 <= ev a (rneg r)) by (rewrite rneg_ok in *; lra).
  apply nonneg_ok; auto. unfold all_nonneg, all_nonpos, rneg in *. rewrite forallb_forall in *.
  intros p Hp. apply in_map_iff in Hp as [q [<- Hq]]. specialize (H q Hq). cbn.
  apply Z.leb_le in H. apply Z.leb_le. lia.
Qed.
