(** * GridBound (T5: the bound for linear targets by a grid alone, without volumes).

    Take M values in [-1/D, 1/D] that are more than 2 eps apart. The matrices with such entries have
    norm at most 1, and two of them differ by more than 2 eps at some unit vector; so no function is
    within eps of both, and a network whose n masks serve all linear maps of norm at most 1 has
    2^n >= M^(d1 d0) ([T5_grid]), that is n >= d1 d0 log2 M ([T5_weights]). The weights may be any real
    numbers, and the inputs only nonnegative ones. *)
Require Import ZArith Reals List Lra Lia Psatz FinFun.
From Pmone Require Import Sums Probability Network Logarithm LowerBound.
Import ListNotations.
Open Scope R_scope.

(** ** words over an alphabet of M letters *)
Fixpoint words (n M : nat) : list (list nat) :=
  match n with
  | O => [[]]
  | S n' => flat_map (fun k => map (cons k) (words n' M)) (seq 0 M)
  end.

Lemma words_length n M : length (words n M) = (M ^ n)%nat.
Proof.
  induction n as [|n IH]; cbn [words Nat.pow]; auto.
  assert (G : forall ks, length (flat_map (fun k => map (cons k) (words n M)) ks) =
    (length ks * M ^ n)%nat).
  { induction ks as [|k ks IHk]; cbn [flat_map length]; auto.
    rewrite app_length, map_length, IH, IHk. lia. }
  rewrite G, seq_length. auto.
Qed.
Lemma words_spec n M l : In l (words n M) -> length l = n /\ forall k, In k l -> (k < M)%nat.
Proof.
  revert l. induction n as [|n IH]; cbn [words]; intros l H.
  - destruct H as [<-|[]]. split; auto. intros k [].
  - apply in_flat_map in H as [k [Hk H]]. apply in_map_iff in H as [l' [<- H]].
    destruct (IH l' H) as [L B]. apply in_seq in Hk. split; cbn; [lia|].
    intros k' [<-|H']; [lia|auto].
Qed.
Lemma nodup_app {X} (l l' : list X) : NoDup l -> NoDup l' -> (forall x, In x l -> ~ In x l') ->
  NoDup (l ++ l').
Proof.
  intros H H' D. induction H as [|x l Hx H IH]; cbn; auto. constructor.
  - intros I. apply in_app_or in I as [I|I]; [contradiction|]. apply (D x); [left; auto|auto].
  - apply IH. intros y Hy. apply D. right; auto.
Qed.
Lemma words_nodup n M : NoDup (words n M).
Proof.
  induction n as [|n IH]; cbn [words]; [constructor; [intros []|constructor]|].
  assert (G : forall ks, NoDup ks -> NoDup (flat_map (fun k => map (cons k) (words n M)) ks)).
  { induction 1 as [|k ks Hk H IHk]; cbn [flat_map]; [constructor|].
    apply nodup_app; auto.
    - apply Injective_map_NoDup; auto. intros l l' E. congruence.
    - intros l Hl Hl'. apply in_map_iff in Hl as [w [<- _]].
      apply in_flat_map in Hl' as [k' [Hk' Hl']]. apply in_map_iff in Hl' as [w' [E _]].
      congruence. }
  apply G, seq_NoDup.
Qed.
Lemma words_differ (l l' : list nat) : length l = length l' -> l <> l' ->
  exists q, (q < length l)%nat /\ nth q l 0%nat <> nth q l' 0%nat.
Proof.
  revert l'. induction l as [|k l IH]; intros [|k' l'] L D; cbn in L; try lia; [congruence|].
  destruct (Nat.eq_dec k k') as [<-|N].
  - destruct (IH l') as [q [Hq Nq]]; [lia|congruence|]. exists (S q). cbn. split; [lia|auto].
  - exists 0%nat. cbn. split; [lia|auto].
Qed.

(** ** the matrices of a grid *)
Section Grid.
Variables (nm : Norm) (d0 d1 D M : nat) (eps : R).
Hypotheses (H0 : (d0 <= D)%nat) (H1 : (d1 <= D)%nat) (HD : (0 < D)%nat) (HM : (2 <= M)%nat).
Hypothesis Hfar : INR (M - 1) * (eps * INR D) < 1.

(** the k-th of M points of [-1/D, 1/D], from the left *)
Definition point (k : nat) : R := (2 * INR k / INR (M - 1) - 1) / INR D.
Definition grid (l : list nat) : mat := fun i j => point (nth (i * d0 + j) l 0%nat).

Lemma last_pos : 0 < INR (M - 1).
Proof. apply (lt_INR 0). lia. Qed.
Lemma D_pos : 0 < INR D.
Proof. apply (lt_INR 0). lia. Qed.
Lemma point_abs k : (k < M)%nat -> Rabs (point k) <= / INR D.
Proof.
  intros Hk. pose proof last_pos as P. pose proof D_pos as Q. unfold point, Rdiv.
  rewrite Rabs_mult, (Rabs_right (/ INR D)) by (apply Rle_ge, Rlt_le, Rinv_0_lt_compat; auto).
  rewrite <- (Rmult_1_l (/ INR D)) at 2. apply Rmult_le_compat_r.
  - apply Rlt_le, Rinv_0_lt_compat; auto.
  - assert (K : INR k <= INR (M - 1)) by (apply le_INR; lia). pose proof (pos_INR k).
    assert (Z : 0 <= INR k * / INR (M - 1) <= 1).
    { split.
      - apply Rmult_le_pos; auto. apply Rlt_le, Rinv_0_lt_compat; auto.
      - apply Rmult_le_reg_r with (INR (M - 1)); auto. rewrite Rmult_assoc, Rinv_l by lra. lra. }
    apply Rabs_le. lra.
Qed.
Lemma point_far k k' : k <> k' -> 2 * eps < Rabs (point k - point k').
Proof.
  intros N. pose proof last_pos as P. pose proof D_pos as Q.
  replace (point k - point k') with (2 * (INR k - INR k') * (/ INR (M - 1) * / INR D))
    by (unfold point; field; split; lra).
  assert (I : 0 < / INR (M - 1) * / INR D) by (apply Rmult_lt_0_compat; apply Rinv_0_lt_compat; auto).
  rewrite Rabs_mult, (Rabs_right (/ INR (M - 1) * / INR D)) by lra.
  assert (E : eps < / INR (M - 1) * / INR D).
  { apply Rmult_lt_reg_r with (INR (M - 1) * INR D); [apply Rmult_lt_0_compat; auto|].
    replace (/ INR (M - 1) * / INR D * (INR (M - 1) * INR D)) with 1 by (field; split; lra). nra. }
  assert (A : 2 <= Rabs (2 * (INR k - INR k'))).
  { rewrite Rabs_mult, (Rabs_right 2) by lra. apply Nat.lt_gt_cases in N as [N|N].
    - rewrite Rabs_left1; [|apply lt_INR in N; lra].
      assert (INR (k + 1) <= INR k') by (apply le_INR; lia). rewrite plus_INR in H. cbn in H. lra.
    - rewrite Rabs_right; [|apply lt_INR in N; lra].
      assert (INR (k' + 1) <= INR k) by (apply le_INR; lia). rewrite plus_INR in H. cbn in H. lra. }
  nra.
Qed.

Lemma grid_norm l : In l (words (d1 * d0) M) -> opnorm_le1 nm d1 d0 (grid l).
Proof.
  intros Hl x. destruct (words_spec _ _ _ Hl) as [L B]. pose proof D_pos as Q.
  eapply Rle_trans; [apply (nrm_entries nm d1 d0 D (grid l) (/ INR D) x); auto|].
  - apply Rlt_le, Rinv_0_lt_compat; auto.
  - intros i j Hi Hj. apply point_abs, B, nth_In. rewrite L. nia.
  - rewrite Rinv_l by lra. lra.
Qed.

(** the function h, at scale c, is within eps of the target on nonnegative unit vectors *)
Definition serves (c : R) (h : vec -> vec) (A : mat) : Prop :=
  forall x, (forall j, 0 <= x j) -> nm d0 x <= 1 ->
  nm d1 (vsub (mv d0 A x) (fun o => c * h x o)) <= eps.

Lemma mv_axis A i j : (j < d0)%nat -> mv d0 A (fun k => if (k =? j)%nat then 1 else 0) i = A i j.
Proof.
  intros Hj. unfold mv.
  assert (G : forall n s, rsum (fun k => A i k * (if (k =? j)%nat then 1 else 0)) (seq s n) =
    if andb (s <=? j)%nat (j <? s + n)%nat then A i j else 0).
  { induction n as [|n IH]; intros s; cbn [seq rsum].
    - destruct (Nat.leb_spec s j), (Nat.ltb_spec j (s + 0)); cbn; auto; lia.
    - rewrite IH. destruct (Nat.eqb_spec s j), (Nat.leb_spec s j), (Nat.leb_spec (S s) j),
        (Nat.ltb_spec j (S s + n)), (Nat.ltb_spec j (s + S n)); cbn; subst; try lia; ring. }
  rewrite G. destruct (Nat.leb_spec 0 j), (Nat.ltb_spec j (0 + d0)); cbn; auto; lia.
Qed.
Lemma nrm_sym n x y : nm n (vsub x y) = nm n (vsub y x).
Proof.
  apply Rle_antisym; apply nrm_mono; intros i _; unfold vsub; rewrite Rabs_minus_sym; lra.
Qed.

Lemma served_apart c h l l' : In l (words (d1 * d0) M) -> In l' (words (d1 * d0) M) ->
  serves c h (grid l) -> serves c h (grid l') -> l = l'.
Proof.
  intros Hl Hl' S S'. destruct (words_spec _ _ _ Hl) as [L _].
  destruct (words_spec _ _ _ Hl') as [L' _].
  destruct (list_eq_dec Nat.eq_dec l l') as [|N]; auto. exfalso.
  destruct (words_differ l l' ltac:(lia) N) as [q [Hq Nq]]. rewrite L in Hq.
  assert (P : (0 < d0)%nat) by nia.
  set (i := (q / d0)%nat). set (j := (q mod d0)%nat).
  assert (Hj : (j < d0)%nat) by (apply Nat.mod_upper_bound; lia).
  assert (E : (i * d0 + j = q)%nat) by (unfold i, j; rewrite Nat.mul_comm; symmetry;
    apply Nat.div_mod; lia).
  assert (Hi : (i < d1)%nat) by (apply Nat.div_lt_upper_bound; lia).
  set (e := fun k : nat => if (k =? j)%nat then 1 else 0).
  assert (Pe : forall k, 0 <= e k) by (intros k; unfold e; destruct (k =? j)%nat; lra).
  pose proof (S e Pe (nrm_unit nm d0 j)) as A. pose proof (S' e Pe (nrm_unit nm d0 j)) as A'.
  pose proof (nrm_tri nm d1 (mv d0 (grid l) e) (fun o => c * h e o) (mv d0 (grid l') e)) as T.
  rewrite (nrm_sym d1 (fun o => c * h e o)) in T.
  pose proof (nrm_coord nm d1 (vsub (mv d0 (grid l) e) (mv d0 (grid l') e)) i Hi) as C.
  unfold vsub at 1 in C. unfold e in C at 1 2. rewrite !mv_axis in C by auto.
  unfold grid in C at 1 2. rewrite E in C. pose proof (point_far _ _ Nq). lra.
Qed.
End Grid.

(** ** the bound *)
Theorem T5_grid (nm : Norm) wd L a D M c eps : (1 <= L)%nat ->
  (wd 0%nat <= D)%nat -> (wd L <= D)%nat -> (0 < D)%nat -> (1 <= M)%nat ->
  INR (M - 1) * (eps * INR D) < 1 ->
  (forall A, opnorm_le1 nm (wd L) (wd 0%nat) A ->
     exists m, serves nm (wd 0%nat) (wd L) eps c (net wd (masked a m) L) A) ->
  (M ^ (wd L * wd 0%nat) <= 2 ^ length (coords_of wd L))%nat.
Proof.
  intros HL H0 H1 HD HM Hfar H. destruct (Nat.eq_dec M 1) as [->|N].
  - rewrite Nat.pow_1_l. apply Nat.neq_0_lt_0, Nat.pow_nonzero. lia.
  - assert (M2 : (2 <= M)%nat) by lia. rewrite <- words_length.
    apply (T1_counting wd L a (words (wd L * wd 0%nat) M)
      (fun h l => serves nm (wd 0%nat) (wd L) eps c h (grid (wd 0%nat) D M l))); auto.
    + apply words_nodup.
    + intros l l' h Hl Hl' S S'.
      eapply (served_apart nm (wd 0%nat) (wd L) D M eps); eauto.
    + intros h h' l E S x Px Nx. eapply Rle_trans; [|apply (S x Px Nx)].
      apply nrm_mono. intros i Hi. unfold vsub. rewrite (E x i Hi). lra.
    + intros l Hl. apply H. apply grid_norm; auto.
Qed.

(** n >= d1 d0 log2 M, for any M up to 1/(eps D) rounded up *)
Theorem T5_weights (nm : Norm) wd L a D M c eps : (1 <= L)%nat ->
  (wd 0%nat <= D)%nat -> (wd L <= D)%nat -> (0 < D)%nat -> (1 <= M)%nat ->
  INR (M - 1) * (eps * INR D) < 1 ->
  (forall A, opnorm_le1 nm (wd L) (wd 0%nat) A ->
     exists m, serves nm (wd 0%nat) (wd L) eps c (net wd (masked a m) L) A) ->
  INR (wd L * wd 0%nat) * lg (INR M) <= INR (length (coords_of wd L)).
Proof.
  intros HL H0 H1 HD HM Hfar H.
  pose proof (T5_grid nm wd L a D M c eps HL H0 H1 HD HM Hfar H) as G.
  apply le_INR in G. rewrite !pow_INR in G.
  assert (M1 : 1 <= INR M) by (apply (le_INR 1); auto).
  rewrite <- lg_pow by auto.
  replace (INR (length (coords_of wd L))) with (INR (length (coords_of wd L)) * lg 2)
    by (rewrite lg_2; ring).
  rewrite <- lg_pow by lra. apply lg_le; auto. apply pow_R1_Rle; auto.
Qed.

(** ** T3: depth, if all widths are at most W *)
Lemma coords_at_most wd L W : (forall t, (t <= L)%nat -> (wd t <= W)%nat) ->
  (length (coords_of wd L) <= L * (W * W))%nat.
Proof.
  intros H. unfold coords_of.
  assert (G : forall ts, (forall t, In t ts -> (t < L)%nat) ->
    (length (flat_map (fun t => map (fun rc => (t, fst rc, snd rc))
      (list_prod (seq 0 (wd (S t))) (seq 0 (wd t)))) ts) <= length ts * (W * W))%nat).
  { induction ts as [|t ts IH]; intros B; cbn [flat_map length]; auto.
    rewrite app_length, map_length, prod_length, !seq_length.
    specialize (IH ltac:(intros; apply B; right; auto)). pose proof (B t ltac:(left; auto)).
    pose proof (H t ltac:(lia)). pose proof (H (S t) ltac:(lia)). nia. }
  rewrite <- (seq_length L 0) at 2. apply G. intros t Ht. apply in_seq in Ht. lia.
Qed.

Theorem T3_depth (nm : Norm) wd L a D M W c eps : (1 <= L)%nat ->
  (wd 0%nat <= D)%nat -> (wd L <= D)%nat -> (0 < D)%nat -> (1 <= M)%nat ->
  INR (M - 1) * (eps * INR D) < 1 -> (forall t, (t <= L)%nat -> (wd t <= W)%nat) ->
  (forall A, opnorm_le1 nm (wd L) (wd 0%nat) A ->
     exists m, serves nm (wd 0%nat) (wd L) eps c (net wd (masked a m) L) A) ->
  INR (wd L * wd 0%nat) * lg (INR M) <= INR L * (INR W * INR W).
Proof.
  intros HL H0 H1 HD HM Hfar HW H. eapply Rle_trans.
  - apply (T5_weights nm wd L a D M c eps); auto.
  - rewrite <- !mult_INR. apply le_INR, coords_at_most. auto.
Qed.
